USE [Skola]
GO
/****** Object:  Table [dbo].[Elever] ******/
SET ANSI_NULLS ON
GO
CREATE TABLE [dbo].[Elever](
	[Id] [int] IDENTITY(1,1) NOT NULL,
	[Namn] [nvarchar](80) NULL,
	[Född] [datetime] NULL,
	[Sökväg] [nvarchar](max) NULL,
 CONSTRAINT [PK_Elever] PRIMARY KEY CLUSTERED ([Id] ASC)WITH (PAD_INDEX = OFF) ON [PRIMARY]
) ON [PRIMARY]
GO
SET IDENTITY_INSERT [dbo].[Elever] ON 

INSERT [dbo].[Elever] ([Id], [Namn], [Född], [Sökväg]) VALUES (1, N'Åsa Öberg', CAST(N'1912-12-12T00:00:00.000' AS DateTime), N'C:\')
INSERT [dbo].[Elever] ([Id], [Namn], [Född], [Sökväg]) VALUES (2, N'Bo ''Bosse'' Ek', NULL, N'\\server\share\')
GO
INSERT [dbo].[Elever] ([Id], [Namn], [Född], [Sökväg]) VALUES (3, N'Eva Lind', CAST(0x0000 AS DateTime), N'x')
SET IDENTITY_INSERT [dbo].[Elever] OFF
GO
